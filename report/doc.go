// Package report turns a month of the ledger into reports that a person can check
// by hand: to each Service User, to the operator and the Panel, and to the public.
//
// The model. gather asks the ledger once for all that the month's reports say;
// derive works out what needs more than one row. From that a page is made for each
// edition: sections of sentences, figures and tables, whose cells are whole
// numbers of a column's unit. HTML, CSV and XLSX are renderings of that one page
// and add nothing, so the same figures stand in all three. CSV and XLSX have every
// cell; HTML has what a person reads, rounded, with the exact figure beside, and
// onPage says what it leaves out. Every column is in one catalogue, with its
// meaning; it means the same wherever it stands.
//
// Three editions. A Service User's has its own figures; the Panel's has names;
// whoever may see neither names nor volumes of others sees figures of the whole
// system only as the rule in disclosure.go lets them through: rounded or banded,
// and never where taking away one's own part would leave too few, or one large one.
// Service Users and the public see the very same volumes, so that comparing
// editions tells nothing. Places in the journal are in the Panel's edition only:
// the distance of two of them is what everybody sent in between.
//
// Shadow stands apart in every edition. A month with shadow results has one more
// page for the Panel, on which going live is decided: shadowPage.
//
// A month is one of UTC. Reports of a month that is not over, or not wholly folded,
// are provisional; final ones are replaced only with a reason, as the next version.
// Files appear whole or not at all, and a manifest lists them.
//
// No public text gives the report layout of SECMP0067, nor its arithmetic: layout,
// groups of business processes, bands, bounds and the figure for exceptional use
// are this project's own.
//
// What it does not do: it does not send anything to anybody, sign files, or read
// the journal. It makes no PDF; a browser prints the HTML on A4.
package report
