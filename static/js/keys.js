/* The keyboard grammar: each key presses the real button that names it in data-key.
   Off inside fields and open dialogs, with Ctrl, Meta or Alt, and when the profile says so (WCAG 2.1.4). */
(function () {
  "use strict";
  var doc = document;
  var root = doc.documentElement;
  var tools = window.salesagent;
  var going = false;
  var FIELDS = /^(INPUT|TEXTAREA|SELECT)$/;
  var TICKS = /^(radio|checkbox)$/; // nothing is typed into them: the keys go on after an outcome is chosen

  function visible(element) {
    return element.getClientRects().length > 0 && getComputedStyle(element).visibility !== "hidden";
  }

  function press(key) {
    var name = key === "Enter" ? "Enter" : key.toLowerCase();
    var hit = tools.all('[data-key~="' + CSS.escape(name) + '"]').find(visible);
    if (hit && !hit.disabled) {
      if (FIELDS.test(hit.tagName)) {
        hit.focus();
      } else {
        hit.click();
      }
      return true;
    }
    return false;
  }

  function move(step) {
    var rows = tools.all("[data-row]").filter(visible);
    if (!rows.length) {
      return false;
    }
    var now = rows.findIndex(function (row) {
      return row.getAttribute("aria-current") === "true" || row === doc.activeElement;
    });
    var next = now < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, now + step));
    var row = rows[next];
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    if (next !== now && tools.wide.matches && tools.one("#pane")) {
      row.click();
    }
    return true;
  }

  function go(key) {
    var link = tools.all("[data-go]").find(function (item) { return item.getAttribute("data-go") === key; });
    if (link) {
      link.click();
    }
    return Boolean(link);
  }

  function search() {
    var field = tools.one("[data-search]");
    if (field) {
      field.focus();
      field.select();
    }
    return Boolean(field);
  }

  function act(event) {
    var key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    var focused = doc.activeElement;
    var onRow = focused && focused.hasAttribute("data-row");
    if (going) {
      going = false;
      return go(key);
    }
    if (key === "g") {
      going = true;
      setTimeout(function () { going = false; }, 900);
      return true;
    }
    if (key === "j" || key === "k") {
      return move(key === "j" ? 1 : -1);
    }
    if (key === "ArrowDown" || key === "ArrowUp") {
      return (focused === doc.body || onRow) && move(key === "ArrowDown" ? 1 : -1);
    }
    if (key === "/") {
      return search();
    }
    if (key === "Enter") {
      var current = onRow && focused.getAttribute("aria-current") === "true";
      return (focused === doc.body || focused.id === "main" || current) && press("Enter");
    }
    return key.length === 1 && press(key);
  }

  function approveWhileEditing(event) {
    var form = event.target.form;
    var button = form && tools.one("[data-mod-enter]", form);
    if (button) {
      event.preventDefault();
      button.click();
    }
  }

  doc.addEventListener("keydown", function (event) {
    var field = FIELDS.test(event.target.tagName) || event.target.isContentEditable;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && field) {
      approveWhileEditing(event);
      return;
    }
    var off = root.getAttribute("data-shortcuts") === "off";
    var busy = event.ctrlKey || event.metaKey || event.altKey || event.repeat && event.key.length === 1 && !/[jk]/i.test(event.key);
    if (off || busy || field && !TICKS.test(event.target.type) || event.defaultPrevented || tools.one("dialog[open]")) {
      return;
    }
    if (act(event)) {
      event.preventDefault();
    }
  });
})();
