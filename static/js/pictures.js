// pictures.js — a picture in the text: a corner to drag it smaller or larger by, and what it shows in words.
// Its width is an attribute, which survives everywhere. Without a pointer: Enter on the picture's button asks for both.
const SMALLEST = 24;

export function mount(box, { ask, onChange }) {
  const place = box.parentElement;
  const corner = document.createElement("span");
  corner.className = "picture-corner";
  corner.hidden = true;
  place.append(corner);
  let image = null;

  // In a line from right to left the picture grows to the left.
  const isMirrored = () => getComputedStyle(image.parentElement).direction === "rtl";
  const follow = () => {
    if (!image?.isConnected) return leave();
    const inner = image.getBoundingClientRect();
    const outer = place.getBoundingClientRect();
    corner.style.left = `${(isMirrored() ? inner.left : inner.right) - outer.left}px`;
    corner.style.top = `${inner.bottom - outer.top}px`;
  };
  const leave = () => {
    image = null;
    corner.hidden = true;
  };
  box.addEventListener("click", (event) => {
    if (event.target.nodeName !== "IMG") return leave();
    image = event.target;
    corner.hidden = false;
    follow();
  });
  box.addEventListener("input", leave);
  box.addEventListener("dblclick", (event) => event.target.nodeName === "IMG" && describe(event.target));
  corner.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    corner.setPointerCapture(event.pointerId);
    const [x, width] = [event.clientX, image.getBoundingClientRect().width];
    const most = box.getBoundingClientRect().width;
    const drag = (move) => {
      image.width = Math.round(Math.min(most, Math.max(SMALLEST, width + (isMirrored() ? x - move.clientX : move.clientX - x))));
      image.removeAttribute("height");
      follow();
    };
    corner.addEventListener("pointermove", drag);
    corner.addEventListener("pointerup", () => {
      corner.removeEventListener("pointermove", drag);
      onChange();
    }, { once: true });
  });

  async function describe(picture) {
    const told = await ask({ alt: picture.alt, width: picture.getAttribute("width") ?? "" });
    if (!told) return;
    picture.alt = told.alt;
    if (told.width) picture.width = Number(told.width);
    else picture.removeAttribute("width");
    picture.removeAttribute("height");
    leave();
    onChange();
  }
  return describe;
}
