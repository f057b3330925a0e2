"use strict";
for (const formula of document.querySelectorAll(".math")) {
  try {
    katex.render(formula.textContent, formula, { displayMode: formula.tagName === "DIV" });
  } catch (error) {
    // It stays as it was written. KaTeX itself would mark an unknown command by its colour alone.
    formula.classList.add("katex-error");
    formula.title = String(error);
  }
}

// Wide windows have the contents at their side, small ones in a fold.
const contents = document.getElementById("contents");
const wide = matchMedia("(min-width: 70rem)");
const unfold = () => { contents.open = wide.matches; };
wide.addEventListener("change", unfold);
unfold();
contents.addEventListener("click", (event) => {
  if (event.target.closest("a") && !wide.matches) {
    contents.open = false;
  }
});

// Paper has no folds.
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("main details:not([open])")];
  opened.forEach((fold) => { fold.open = true; });
});
addEventListener("afterprint", () => opened.forEach((fold) => { fold.open = false; }));
