/* Sequence editor and template page: put a field at the cursor; the menu closes by itself.
   Without it the menu still shows how each field is written. */
(function () {
  "use strict";
  var doc = document;

  function insert(text, field) {
    var start = field.selectionStart || 0;
    field.focus();
    field.setRangeText(text, start, field.selectionEnd || start, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function wake(root) {
    Array.prototype.forEach.call(root.querySelectorAll("[data-field]"), function (button) {
      button.disabled = false;
    });
  }

  /* Where the cursor was last: subject or text. */
  var last = null;
  doc.addEventListener("focusin", function (event) {
    if (event.target.matches("#id_subject, #id_body")) {
      last = event.target;
    }
  });

  doc.addEventListener("click", function (event) {
    var button = event.target.closest("[data-field]");
    if (button) {
      var field = last || doc.getElementById(button.getAttribute("data-into"));
      button.closest("details").open = false;
      if (field) {
        insert(button.getAttribute("data-field"), field);
      }
      return;
    }
    Array.prototype.forEach.call(doc.querySelectorAll("details.fieldmenu[open]"), function (menu) {
      if (!menu.contains(event.target)) {
        menu.open = false;
      }
    });
  });

  doc.addEventListener("keydown", function (event) {
    var menu = doc.querySelector("details.fieldmenu[open]");
    if (event.key === "Escape" && menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  /* The person shown is asked for by htmx where the text can change, else by the form itself. */
  doc.addEventListener("change", function (event) {
    var select = event.target.closest("[data-preview-as]");
    var box = doc.getElementById("preview");
    if (select && box && !box.hasAttribute("hx-post")) {
      select.form.submit();
    }
  });

  Array.prototype.forEach.call(doc.querySelectorAll("[data-plain]"), function (button) {
    button.hidden = true; /* the list itself asks */
  });
  wake(doc);
})();
