// Makes a page live. Without it every page works and shows what was so when it was
// asked for.
"use strict";
(() => {
	const $ = (s, e = document) => e.querySelector(s), $$ = (s, e = document) => [...e.querySelectorAll(s)];
	const live = name => $(`[data-live="${name}"]`);
	const thousands = s => s.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
	const rate = v => v >= 10 || v === Math.trunc(v) ? thousands(v.toFixed(0)) : v.toFixed(1);
	const age = ms => {
		const s = Math.max(0, Math.floor(ms / 1000));
		return s < 60 ? s + " s" : s < 3600 ? Math.floor(s / 60) + " min" : s < 172800 ? Math.floor(s / 3600) + " h " + Math.floor(s % 3600 / 60) + " min" : Math.floor(s / 86400) + " days";
	};
	const put = (e, text) => { if (e && e.textContent !== text) e.textContent = text; };
	const el = (name, attributes, ...inside) => {
		const e = document.createElement(name);
		for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
		e.append(...inside);
		return e;
	};
	const words = {refused: "refused", shadow: "would be refused", over: "over, not refused", near: "near its allocation", within: "within", quiet: "quiet"};

	// The clock of the gateway, by which all is told.
	let ahead = 0;
	const now = () => Date.now() + ahead;
	const clock = live("clock");
	if (clock) ahead = Date.parse(clock.dateTime) - Date.now();
	setInterval(() => {
		put(clock, new Date(now()).toISOString().slice(11, 19) + " UTC");
		for (const e of $$("[data-until]")) put(e, age(Date.parse(e.dataset.until) - now()) + " left");
	}, 1000);

	function condition(s) {
		const e = live("condition");
		if (!e) return;
		const word = s.mode === "off" ? "OFF" : s.mode === "suspended" ? "SUSPENDED" : s.closed ? "CLOSED" : s.active ? "ACTIVE" : "INACTIVE";
		const dot = $(".dot", e);
		dot.classList.toggle("on", s.active);
		put(dot, s.active ? "●" : "○");
		const text = ` ${word}${s.mode === "shadow" ? " (shadow)" : ""} ${age(Date.parse(s.at) - Date.parse(s.active_since))}`;
		if (dot.nextSibling.data !== text) dot.nextSibling.data = text;
	}

	function banners(list) {
		const e = live("banners"), text = JSON.stringify(list);
		if (!e || e.dataset.shown === text || e.contains(document.activeElement)) return;
		e.dataset.shown = text;
		e.replaceChildren(...list.map(b => {
			const p = el("p", {}, b.text), box = el("div", {class: "banner"}, p);
			if (b.until) p.append(" ", el("span", {class: "left", "data-until": b.until}, age(Date.parse(b.until) - now()) + " left"));
			if (b.end && document.body.hasAttribute("data-operates")) box.append(el("form", {method: "get", action: b.end}, el("button", {}, "End now…")));
			return box;
		}));
	}

	function sentence(phrases) {
		const e = live("sentence");
		if (!e || e.closest("[data-user]")) return;
		const text = phrases.map(p => p.text).join("");
		if (e.textContent !== text) e.replaceChildren(...phrases.map(p => p.strong ? el("b", {}, p.text) : p.text));
	}

	function dsp(d, alarms) {
		if (!d) return;
		put(live("dsp.answers"), rate(d.answers_per_s));
		put(live("dsp.p99"), d.p99_ms ? (d.beyond ? "more than " : "") + rate(d.p99_ms) : "–");
		put(live("dsp.errors"), rate(d.errors_per_s));
		put(live("dsp.inuse"), thousands(String(d.connections_in_use)));
		const e = live("alarms");
		if (!e) return;
		const list = (alarms || []).map(a => el("p", {class: "alarm" + (a.grave ? " grave" : "")}, el("b", {}, (a.grave ? "▲ " : "") + a.name), " " + a.text));
		const fresh = el("div", {}, ...(list.length ? list : [el("p", {class: "none"}, "None.")]));
		if (e.innerHTML !== fresh.innerHTML) e.replaceChildren(...fresh.childNodes);
	}

	function bar(svg, u, scale) {
		const forwarded = u.forwarded_per_s + u.shadowed_per_s, part = v => (Math.min(v / scale, 1) * 100).toFixed(1) + "%";
		const inside = part(Math.min(forwarded, u.allocation_per_s));
		$(".b-in", svg).setAttribute("width", inside);
		$(".b-out", svg).setAttribute("x", inside);
		$(".b-out", svg).setAttribute("width", part(Math.max(0, forwarded - u.allocation_per_s)));
		$(".b-tick", svg).setAttribute("x", part(u.allocation_per_s));
	}

	function users(list) {
		const body = $('[data-live="users"] tbody');
		if (!body) return;
		const scale = Math.max(1, ...list.map(u => Math.max(u.forwarded_per_s + u.shadowed_per_s, u.allocation_per_s)));
		const order = [];
		for (const u of list) {
			const row = document.getElementById("u-" + u.account);
			if (!row) continue;
			order.push(row);
			row.className = "s-" + u.standing;
			for (const k of ["forwarded", "offered", "throttled"]) put($(`[data-k="${k}"]`, row), rate(u[k + "_per_s"]));
			put($('[data-k="share"]', row), u.share_of_spare === undefined ? "–" : u.share_of_spare.toFixed(2));
			put($('[data-k="standing"]', row), words[u.standing]);
			bar($("svg.bar", row), u, scale);
		}
		if (!body.contains(document.activeElement) && !body.matches(":hover") && order.some((row, i) => body.rows[i] !== row)) body.append(...order);
	}

	// The plot.
	let plot, data;
	const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
	const box = $("[data-plot]");

	function shade(u) {
		const [, , , , active] = data, at = data[0], c = u.ctx;
		c.save();
		c.fillStyle = css("--plot-span");
		for (let i = 0; i < at.length; i++) {
			if (!active[i]) continue;
			const from = i;
			while (i + 1 < at.length && active[i + 1]) i++;
			const x = Math.max(u.bbox.left, u.valToPos(at[from] - 1, "x", true)), to = u.valToPos(at[i], "x", true);
			if (to > x) {
				c.fillStyle = css("--plot-span"), c.fillRect(x, u.bbox.top, to - x, u.bbox.height);
				c.fillStyle = css("--plot-strip"), c.fillRect(x, u.bbox.top, to - x, 3 * devicePixelRatio);
			}
		}
		c.restore();
	}

	function draw() {
		if (!box || !data || !window.uPlot) return;
		const own = box.dataset.plot, dim = css("--plot-dim"), grid = {stroke: css("--plot-grid"), width: 1}, font = "12px system-ui, sans-serif";
		const level = own ? [{label: "allocation", stroke: css("--plot-allocation"), width: 1}] : [
			{label: "threshold", stroke: css("--plot-threshold"), dash: [6, 4], width: 1.5}, {label: "capacity", stroke: css("--plot-capacity"), dash: [1, 4], width: 1.5}];
		if (plot) plot.destroy();
		plot = null;
		box.replaceChildren();
		plot = new uPlot({
			width: box.clientWidth, height: 260, tzDate: t => uPlot.tzDate(new Date(t * 1e3), "Etc/UTC"), cursor: {drag: {x: false, y: false}},
			scales: {x: {range: () => { const end = data[0].length ? data[0][data[0].length - 1] : now() / 1000; return [end - 600, end]; }}, y: {range: (u, min, max) => [0, Math.max(1, max * 1.08)]}},
			axes: [{stroke: dim, grid, ticks: grid, font, values: "{HH}:{mm}:{ss}", space: 90}, {stroke: dim, grid, ticks: grid, font, size: 62, values: (u, v) => v.map(rate)}],
			series: [{label: "time", value: (u, v) => v ? new Date(v * 1e3).toISOString().slice(11, 19) + " UTC" : "–"},
				...[["offered", "--plot-offered", 1.2], ["forwarded", "--plot-forwarded", 1.6], ["throttled", "--plot-throttled", 1.2]].map(([label, colour, width], i) => (
					{label, stroke: css(colour), width, fill: i === 1 ? css(colour) + "38" : undefined, dash: i === 2 ? [2, 3] : undefined, points: {show: false}, value: (u, v) => v == null ? "–" : rate(v) + "/s"})),
				...level.map(l => ({...l, points: {show: false}, value: (u, v) => v == null ? "–" : rate(v) + "/s"}))],
			legend: {markers: {width: 2, dash: (u, i) => [, , , "dotted", box.dataset.plot ? "solid" : "dashed", "dotted"][i] || "solid"}},
			hooks: {drawClear: [shade]},
		}, shown(), box);
		last();
		box.addEventListener("mouseleave", last);
		plot.root.setAttribute("role", "img");
		plot.root.setAttribute("aria-label", "Requests per second, last 10 minutes; the sentence above and the table have the numbers of now");
	}
	// Where nobody points, the key has the numbers of now.
	const last = () => { if (plot && !box.matches(":hover")) plot.setLegend({idx: data[0].length - 1}); };
	const shown = () => box.dataset.plot ? [...data.slice(0, 4), data[5]] : [...data.slice(0, 4), data[5], data[6]];

	async function history() {
		if (!box) return;
		const answer = await fetch("/api/v1/history" + (box.dataset.plot ? "?account=" + encodeURIComponent(box.dataset.plot) : ""));
		if (!answer.ok) return;
		const h = await answer.json();
		data = [h.at, h.offered_per_s, h.forwarded_per_s, h.throttled_per_s, h.active, h.threshold_per_s, h.capacity_per_s];
		if (box.dataset.plot) data[5] = h.at.map(() => h.allocation_per_s);
		draw();
	}

	function add(s) {
		if (!data) return;
		const at = Date.parse(s.at) / 1000, last = data[0][data[0].length - 1];
		if (last >= at) return;
		const u = box.dataset.plot ? s.users.find(u => u.account === box.dataset.plot) : s;
		if (!u) return;
		const level = box.dataset.plot ? u.allocation_per_s : s.threshold_per_s;
		[at, u.offered_per_s, u.forwarded_per_s + u.shadowed_per_s, u.throttled_per_s + u.closed_per_s, s.active, level, s.capacity_per_s].forEach((v, i) => {
			data[i].push(v);
			if (data[i].length > 600) data[i].shift();
		});
		if (!plot) draw();
		else plot.setData(shown()), last();
	}

	function own(s) {
		const e = $("[data-user]"), u = e && s.users.find(u => u.account === e.dataset.user);
		if (u) for (const k of ["forwarded", "offered", "throttled"]) put(live("own." + k), rate(u[k + "_per_s"]));
	}

	// Parts of a page that the server renders anew: data-refresh is every how many seconds.
	async function refresh() {
		const answer = await fetch(location.href, {headers: {Accept: "text/html"}});
		if (!answer.ok || answer.redirected) return;
		const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
		for (const e of $$("[data-refresh]")) {
			const other = e.id && fresh.getElementById(e.id);
			if (other && !e.contains(document.activeElement) && e.innerHTML !== other.innerHTML) e.replaceChildren(...other.childNodes);
		}
	}
	const every = Math.min(...$$("[data-refresh]").map(e => Number(e.dataset.refresh)));
	if (Number.isFinite(every)) setInterval(() => { if (!document.hidden) refresh().catch(() => {}); }, every * 1000);

	function watch() {
		const link = live("link");
		const events = new EventSource("/api/v1/events");
		events.addEventListener("state", e => {
			const s = JSON.parse(e.data);
			ahead = Date.parse(s.at) - Date.now();
			condition(s), banners(s.banners), sentence(s.sentence), dsp(s.dsp, s.alarms), users(s.users), own(s), add(s);
			put(link, "live");
			document.documentElement.dataset.state = s.at;
		});
		const tell = word => e => put(live("told"), `Traffic management ${word} at ${JSON.parse(e.data).since.slice(11, 19)} UTC.`);
		events.addEventListener("activation", tell("became active"));
		events.addEventListener("release", tell("was released"));
		events.onerror = () => put(link, events.readyState === EventSource.CLOSED ? "not live any more: reload the page, and sign in again if asked" : "not live: trying again");
	}

	// The keyboard.
	const typing = e => e.target.closest("input, textarea, select, [contenteditable]");
	document.addEventListener("keydown", e => {
		if (e.ctrlKey || e.altKey || e.metaKey || typing(e)) return;
		const search = $('input[type="search"]'), links = $$("table.users tbody th a");
		if (e.key === "/" && search) {
			e.preventDefault();
			search.focus();
			search.select();
		} else if ((e.key === "j" || e.key === "k") && links.length) {
			const i = links.indexOf(document.activeElement);
			links[Math.max(0, Math.min(links.length - 1, e.key === "j" ? i + 1 : i - 1))].focus();
		}
	});

	matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
	if (box) new ResizeObserver(() => { if (plot && box.clientWidth) plot.setSize({width: box.clientWidth, height: 260}); }).observe(box);
	if (document.body.hasAttribute("data-account")) {
		document.body.append(el("p", {class: "unseen", role: "status", "data-live": "told"}));
		history().catch(() => {});
		watch();
	}
})();
