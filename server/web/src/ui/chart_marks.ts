/*
 * The marks of a drawing that lead somewhere: one stop for the Tab key, arrow keys from mark to mark, Enter opens. What a mark
 * stands for is said beneath the drawing when the pointer or the focus is on it, so nobody needs a steady hand or a tooltip.
 *
 * Plot writes a link as <a> around the mark and the mark's words as aria-label of what is inside; both go to the <a> here. A plain
 * click is followed within the page.
 */
const XLINK = "http://www.w3.org/1999/xlink";
const STEPS: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

// A mark that leads nowhere keeps its words as a title: a bare shape may have no label.
function onlySay(drawing: Element): void {
  for (const shape of drawing.querySelectorAll("[aria-label]:not(svg, [role])")) {
    if (shape.closest("a")) continue;
    const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
    title.textContent = shape.getAttribute("aria-label");
    shape.removeAttribute("aria-label");
    shape.append(title);
  }
}

// True where there are such marks.
export function leadFrom(drawing: Element, go: (to: string) => void, say: (words: string | null) => void): boolean {
  onlySay(drawing);
  const marks = [...drawing.querySelectorAll<SVGAElement>("a")];
  marks.forEach((mark, i) => {
    const inside = mark.querySelector("[aria-label]");
    const words = inside?.getAttribute("aria-label") ?? "";
    inside?.removeAttribute("aria-label");
    const to = mark.getAttribute("href") ?? mark.getAttributeNS(XLINK, "href") ?? "";
    mark.removeAttributeNS(XLINK, "href");
    mark.setAttribute("href", to);
    mark.setAttribute("aria-label", words);
    mark.setAttribute("tabindex", i === 0 ? "0" : "-1");
    mark.addEventListener("focus", () => say(words));
    mark.addEventListener("blur", () => say(null));
    mark.addEventListener("pointerenter", () => say(words));
    mark.addEventListener("pointerleave", () => say(null));
    mark.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
      event.preventDefault();
      go(to);
    });
    mark.addEventListener("keydown", (event) => {
      const next =
        event.key === "Home" ? 0 : event.key === "End" ? marks.length - 1 : STEPS[event.key] ? i + STEPS[event.key]! : null;
      if (next === null) return;
      event.preventDefault();
      const to_mark = marks[Math.min(Math.max(next, 0), marks.length - 1)]!;
      marks.forEach((one) => one.setAttribute("tabindex", one === to_mark ? "0" : "-1"));
      to_mark.focus();
    });
  });
  return marks.length > 0;
}
