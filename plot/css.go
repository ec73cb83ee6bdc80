package plot

// CSS is what the stylesheet of a page needs for the plots in it, once. A page
// may set the properties --plot-… after it.
func CSS() string { return colours + looks + choice }

const colours = `:where(:root){--plot-ground:#fff;--plot-dim:#59626d;--plot-grid:#dfe3e8;--plot-plain:#59626d;--plot-offered:#20262d;--plot-forwarded:#23649e;--plot-throttled:#c2410c;--plot-spare:#b5d3ee;--plot-peak:#23649e;--plot-allocation:#20262d;--plot-threshold:#a3330a;--plot-capacity:#20262d;--plot-failed:#8b1a3d;--plot-span:#f5ebcd;--plot-strip:#b0830f}
@media screen and (prefers-color-scheme:dark){:where(:root){--plot-ground:#15191e;--plot-dim:#a4aeb9;--plot-grid:#30373f;--plot-plain:#a4aeb9;--plot-offered:#e8ecf0;--plot-forwarded:#5b9fdb;--plot-throttled:#f2874b;--plot-spare:#2b4763;--plot-peak:#7fb9ec;--plot-allocation:#e8ecf0;--plot-threshold:#ff9d70;--plot-capacity:#e8ecf0;--plot-failed:#ef7c9c;--plot-span:#38311b;--plot-strip:#d9a92e}}
`

const looks = `.p-svg{font-size:12px;font-variant-numeric:tabular-nums;font-weight:400}
.p-svg text{fill:currentColor}
.p-svg .p-dim text,.p-svg text.p-dim{fill:var(--plot-dim)}
.p-svg text.p-title{font-size:15px;font-weight:600}
.p-svg text.p-halo{paint-order:stroke;stroke:var(--plot-ground);stroke-width:4px;stroke-linejoin:round}
.p-i0{--i:var(--plot-plain)}.p-i1{--i:var(--plot-offered)}.p-i2{--i:var(--plot-forwarded)}.p-i3{--i:var(--plot-throttled)}.p-i4{--i:var(--plot-spare)}.p-i5{--i:var(--plot-peak)}.p-i6{--i:var(--plot-allocation)}.p-i7{--i:var(--plot-threshold)}.p-i8{--i:var(--plot-capacity)}.p-i9{--i:var(--plot-failed)}
.p-fill:not([fill]),.p-solid{fill:var(--i)}
.p-fill[fill]{stroke:var(--i);stroke-width:1}
.p-fill.p-i4{stroke:var(--plot-forwarded);stroke-width:1}
.p-band{fill:var(--i);fill-opacity:.28;stroke:var(--i);stroke-opacity:.8;stroke-width:.7}
.p-line,.p-level,.p-dot{fill:none;stroke:var(--i);stroke-width:1.5;stroke-linejoin:round;stroke-linecap:round}
.p-area{fill:var(--i);fill-opacity:.22}
.p-i1.p-line{stroke-width:1.2}
.p-i3.p-line{stroke-dasharray:1 3}
.p-i5.p-line,.p-i9.p-line{stroke-dasharray:6 2 1 2}
.p-i0.p-line{stroke-dasharray:8 3}
.p-i7.p-level{stroke-dasharray:6 4;stroke-linecap:butt}
.p-i8.p-level{stroke-dasharray:1 4}
.p-dot{stroke-width:6}
.p-over{fill:var(--plot-ground);stroke:var(--plot-throttled);stroke-width:1.8}
.p-ground{fill:var(--plot-ground)}
.p-span{fill:var(--plot-span)}.p-strip{fill:var(--plot-strip)}
.p-outage{fill:var(--plot-failed);fill-opacity:.13}
.p-curve{fill:none;stroke:var(--i);stroke-width:1.6;stroke-linejoin:round}
.p-form{fill:var(--plot-ground);stroke:var(--i);stroke-width:1.6;stroke-linejoin:round}
.p-c0{--i:var(--plot-forwarded)}.p-c1{--i:var(--plot-throttled)}.p-c2{--i:var(--plot-offered)}.p-c3{--i:var(--plot-strip)}.p-c4{--i:var(--plot-failed)}.p-c5{--i:var(--plot-plain)}
.p-c1.p-curve{stroke-dasharray:6 3}.p-c2.p-curve{stroke-dasharray:2 3}.p-c3.p-curve{stroke-dasharray:10 3}.p-c4.p-curve{stroke-dasharray:7 2 1 2}.p-c5.p-curve{stroke-dasharray:1 2}
.p-grid{fill:none;stroke:var(--plot-grid)}
.p-axis{fill:none;stroke:var(--plot-dim)}
.p-tick{fill:none;stroke:var(--plot-allocation);stroke-width:2}
.p-tick-edge{fill:none;stroke:var(--plot-ground);stroke-width:5}
`

// choice shows the drawing that fits the room there is.
const choice = `.plot{container-type:inline-size;break-inside:avoid}
.plot svg{display:block;width:100%;height:auto;max-width:820px}
.plot svg+svg{display:none;max-width:480px}
@media screen{@container (max-width:540px){.plot svg{display:none}.plot svg+svg{display:block}}}
`
