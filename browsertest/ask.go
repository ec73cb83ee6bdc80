package browsertest

import (
	"fmt"
	"testing"
)

// None runs a script that returns a list of complaints, each of which fails the
// test.
func (v *Tab) None(t testing.TB, what, script string) {
	t.Helper()
	for _, complaint := range Ask[[]string](t, v, script) {
		t.Errorf("%s: %s", what, complaint)
	}
}

// Well fails the test for all that is wrong with the page at usual widths and in
// both schemes: too wide, too small to read, not accessible, and what it said.
func (v *Tab) Well(t testing.TB) {
	t.Helper()
	for _, width := range []int64{320, 360, 768, 1280} {
		v.Look(t, width, "screen", "light")
		v.None(t, fmt.Sprintf("is too wide at %d", width), TooWide)
		v.None(t, fmt.Sprintf("is too small to read at %d", width), TooSmall(9))
	}
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{360, 1280} {
			v.Look(t, width, "screen", scheme)
			v.None(t, fmt.Sprintf("is not accessible at %d when %s", width, scheme), v.Accessible())
		}
	}
	for _, what := range v.Said() {
		t.Errorf("the page %s", what)
	}
}

// Naming is a function of JavaScript that names an element so that a person finds it.
const Naming = `const naming = e => {
	const section = e.closest("section"), table = e.closest("[id]");
	return e.tagName.toLowerCase() + (e.className && e.className.baseVal === undefined ? "." + e.className : "") +
		" in #" + (table ? table.id : section ? section.id : "") + " “" + e.textContent.trim().slice(0, 40) + "”";
};`

// TooWide lists what reaches beyond the window and cannot be scrolled by itself.
const TooWide = `(() => {` + Naming + `
	const wide = document.documentElement.clientWidth, out = [];
	if (document.documentElement.scrollWidth > wide) out.push("the page: " + document.documentElement.scrollWidth);
	for (const e of document.body.querySelectorAll("*")) {
		const scroll = e.parentElement.closest(".scroll");
		if (scroll && getComputedStyle(scroll).overflowX !== "visible" || e.closest("table") && !e.matches("table") || e.closest("svg") && !e.matches("svg")) continue;
		if (e.closest(".skip, .unseen, .u-over, .u-under, .u-axis")) continue; // not to be seen, or drawn within a box that hides the rest
		const r = e.getBoundingClientRect();
		if (r.width && (r.right > wide + 1 || r.left < -1)) out.push(naming(e) + " reaches from " + r.left + " to " + r.right);
	}
	return out.slice(0, 5);
})()`

// TooSmall lists texts of less than so many pixels, also where a drawing is scaled.
func TooSmall(least float64) string {
	return `(() => {` + Naming + `
	const out = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walk.nextNode()) {
		const e = walk.currentNode.parentElement, svg = e.closest("svg");
		if (!walk.currentNode.data.trim() || !e.getClientRects().length || e.closest("title,desc")) continue;
		let size = parseFloat(getComputedStyle(e).fontSize);
		if (svg && svg.viewBox.baseVal.width) size *= svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
		if (size < ` + fmt.Sprint(least) + `) out.push(naming(e) + ": " + size.toFixed(1) + " px");
	}
	for (const f of document.querySelectorAll("figure")) {
		const shown = [...f.querySelectorAll("svg")].filter(s => s.getClientRects().length);
		if (f.querySelector("svg") && shown.length !== 1) out.push(naming(f) + " shows " + shown.length + " drawings");
	}
	return out.slice(0, 5);
})()`
}

// Accessible is a script that lists what axe-core finds wrong, by all its rules.
func (v *Tab) Accessible() string { return v.axe + accessible }

const accessible = `;axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations.map(v =>
	v.id + " (" + v.impact + "): " + v.help + "; " + v.nodes.length + " times, as " +
	v.nodes.slice(0, 3).map(n => n.target.join(" ") + " [" + n.any.map(a => a.message).join("; ").slice(0, 200) + "]").join(", ")))`
