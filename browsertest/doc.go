// Package browsertest opens pages in a real Chromium, for tests: on a telephone,
// on a screen and on paper, light and dark, and asks them questions.
//
// A Browser has no window, no past, and does nothing in the background. A Tab has
// one page in it and hears all that a page which is well never does: it asks
// another place for something, says something to the console, throws. Programs
// and libraries that this needs are installed by scripts/; one that cannot be had
// fails the test.
//
// Only tests import it.
package browsertest
