//go:build race

package main

// underRace is whether the race detector watches, which makes a simulation ten
// times as slow. Then TestLibraryPages plays only scenarios up to shortScenario.
const underRace = true
