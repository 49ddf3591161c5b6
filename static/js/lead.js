/* The lead page: new lines without a reload, earlier lines on top, and no typed word is ever lost. */
(function () {
  "use strict";
  var POLL = 10000;
  var scroller = document.querySelector("[data-thread]");
  var list = document.getElementById("tl-lines");
  var composer = document.getElementById("composer");
  if (!scroller || !list) return;

  /* on a wide screen the thread scrolls, on a phone the whole page does */
  var page = document.getElementById("main");
  var thread = scroller.closest(".thread");
  function alone() {
    return getComputedStyle(scroller).overflowY !== "visible";
  }
  function end() {
    return thread.offsetTop - page.offsetTop + thread.offsetHeight - page.clientHeight;
  }
  function atBottom() {
    if (!alone()) return Math.abs(page.scrollTop - end()) < 60;
    return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 60;
  }
  function toBottom() {
    if (alone()) scroller.scrollTop = scroller.scrollHeight;
    else page.scrollTop = Math.max(0, end());
  }
  if (location.hash.indexOf("#e") === 0 && document.querySelector(location.hash.replace(/[^#\w]/g, ""))) {
    document.querySelector(location.hash.replace(/[^#\w]/g, "")).scrollIntoView({ block: "center" });
  } else {
    toBottom();
  }

  /* live: only while somebody looks */
  var wasAtBottom = true;
  function poll() {
    if (!document.hidden && window.htmx && list.hasAttribute("data-live")) window.htmx.trigger(list, "live");
  }
  setInterval(poll, POLL);
  document.addEventListener("visibilitychange", poll);
  document.body.addEventListener("htmx:configRequest", function (event) {
    if (event.detail.elt === list) event.detail.parameters.after = list.getAttribute("data-newest");
  });
  document.body.addEventListener("htmx:beforeSwap", function (event) {
    if (event.detail.target !== list) return;
    var newest = event.detail.xhr.getResponseHeader("X-Newest");
    if (newest) list.setAttribute("data-newest", newest);
    wasAtBottom = atBottom();
  });
  document.body.addEventListener("htmx:oobBeforeSwap", function (event) {
    if (event.detail.target && event.detail.target.id === "lead-side" && busy(event.detail.target)) {
      event.detail.shouldSwap = false;
    }
  });
  document.body.addEventListener("htmx:afterSettle", function (event) {
    if (event.detail.elt === list || event.detail.target === list) {
      dropDoubleDays();
      if (wasAtBottom) toBottom();
    }
  });
  /* somebody is typing there, or has something open */
  function busy(box) {
    return box.contains(document.activeElement) && document.activeElement !== box || box.querySelector("details[open]") !== null;
  }

  /* earlier lines go on top; what is being read stays where it is */
  var height = 0;
  document.body.addEventListener("htmx:beforeSwap", function (event) {
    var box = alone() ? scroller : page;
    if (event.detail.target.classList.contains("tl-more")) height = box.scrollHeight - box.scrollTop;
  });
  document.body.addEventListener("htmx:afterSwap", function () {
    if (!height) return;
    dropDoubleDays();
    var box = alone() ? scroller : page;
    box.scrollTop = box.scrollHeight - height;
    height = 0;
  });
  function dropDoubleDays() {
    var seen = "";
    list.querySelectorAll(":scope > .day").forEach(function (day) {
      var value = day.getAttribute("data-day");
      if (value === seen) day.remove();
      seen = value;
    });
  }

  document.addEventListener("click", function (event) {
    document.querySelectorAll(".later[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.removeAttribute("open");
    });
    var opener = event.target.closest("[data-tab]");
    if (opener) choose(opener.getAttribute("data-tab"));
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    document.querySelectorAll(".later[open]").forEach(function (menu) {
      menu.removeAttribute("open");
      menu.querySelector("summary").focus();
    });
  });
  if (!composer) return;

  /* tabs are radio buttons; a click on one goes on to its text */
  function choose(name) {
    var radio = document.getElementById("ct-" + name);
    if (!radio) return;
    radio.checked = true;
    var field = composer.querySelector('[data-pane="' + name + '"] :is(textarea, select, input:not([type=hidden]))');
    if (field) field.focus({ preventScroll: true });
  }
  composer.addEventListener("click", function (event) {
    var label = event.target.closest("label.ctab");
    if (label) {
      event.preventDefault();
      choose(label.htmlFor.replace("ct-", ""));
    }
  });

  /* a half-written text survives a reload, a click elsewhere and a closed tab's undo */
  function key(field) {
    return "compose:" + composer.getAttribute("data-lead") + ":" + field.name;
  }
  var kept = composer.querySelectorAll("textarea, .csub");
  kept.forEach(function (field) {
    try {
      var before = sessionStorage.getItem(key(field));
      if (before && !field.value) field.value = before;
    } catch (error) {
      return;
    }
    field.addEventListener("input", function () {
      try {
        sessionStorage.setItem(key(field), field.value);
      } catch (error) {
        /* private mode: the text is still in the field */
      }
    });
  });
  composer.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.hasAttribute("data-sent")) {
      event.preventDefault();
      return;
    }
    form.setAttribute("data-sent", "");
    form.querySelectorAll("textarea, .csub").forEach(function (field) {
      try {
        sessionStorage.removeItem(key(field));
      } catch (error) {
        return;
      }
    });
  });
  window.addEventListener("pageshow", function () {
    composer.querySelectorAll("form[data-sent]").forEach(function (form) {
      form.removeAttribute("data-sent");
    });
  });
  composer.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) {
      event.preventDefault();
      event.target.form.requestSubmit(event.target.form.querySelector("[type=submit].btn-primary"));
    }
  });
  /* how long a text is, as the server counts it: GSM 03.38 packs 160 or 153 signs, others 70 or 67 */
  var GSM = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
  var TWICE = "^{}\\[~]|€\f";
  function sizes(text) {
    var signs = Array.from(text);
    var plain = signs.every(function (sign) { return GSM.indexOf(sign) >= 0 || TWICE.indexOf(sign) >= 0; });
    return { one: plain ? 160 : 70, more: plain ? 153 : 67, list: signs.map(function (sign) { return plain ? TWICE.indexOf(sign) >= 0 ? 2 : 1 : sign.length; }) };
  }
  function parts(text) {
    var found = sizes(text);
    var sum = found.list.reduce(function (before, size) { return before + size; }, 0);
    if (sum <= found.one) return 1;
    var count = 1;
    var used = 0;
    found.list.forEach(function (size) {
      if (used + size > found.more) {
        count += 1;
        used = 0;
      }
      used += size;
    });
    return count;
  }
  function tell(field) {
    var counter = field.form && field.form.querySelector("[data-counter]");
    if (!counter) return;
    var length = Array.from(field.value).length;
    var words = length.toLocaleString("en") + " of " + Number(field.getAttribute("data-limit")).toLocaleString("en") + " characters";
    if (field.getAttribute("data-count") === "segments") {
      var number = length ? parts(field.value) : 0;
      words += ", " + number + (number === 1 ? " message" : " messages");
    }
    counter.textContent = words;
  }
  composer.querySelectorAll("[data-count]").forEach(function (field) {
    tell(field);
    field.addEventListener("input", function () { tell(field); });
  });
  composer.addEventListener("change", function (event) {
    if (event.target.type !== "file") return;
    var names = Array.prototype.map.call(event.target.files, function (file) { return file.name; });
    composer.querySelector("[data-files]").textContent = names.length > 1 ? names.length + " files" : names[0] || "Attach";
  });
})();
