/** What a browser measures of the page it shows. Each function runs in the page, so it stands by itself. */

/** How far the page reaches beyond the window, in CSS pixels. */
export const overhang = (): number =>
  document.documentElement.scrollWidth - document.documentElement.clientWidth;

/** What one can press and that is smaller than 24 by 24 pixels; links within a sentence are exempt (WCAG 2.5.8). */
export const small = (): string[] =>
  [...document.querySelectorAll("a, button, summary, select, .vtabs label")]
    .filter((element) => element.checkVisibility() && !element.matches(".skip, p a, dd a"))
    .map((element) => ({ box: element.getBoundingClientRect(), what: element.outerHTML.slice(0, 80) }))
    .filter(({ box }) => box.height < 24 || box.width < 24)
    .map(({ box, what }) => `${what} ${box.width}x${box.height}`);

/** Texts with less contrast than WCAG 1.4.3 asks for, with their ratio. */
export function faint(): string[] {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const seen = new Map<string, number[]>();
  const paint = (colour: string): number[] => {
    if (!canvas) return [];
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const rgba = (colour: string): number[] => {
    const known = seen.get(colour) ?? paint(colour);
    seen.set(colour, known);
    return known;
  };
  const linear = (part: number): number =>
    part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4;
  const light = ([r = 0, g = 0, b = 0]: number[]): number =>
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const behind = (element: Element): number[] => {
    for (let at: Element | null = element; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255, 255];
  };
  const says = (element: Element): boolean =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim()) &&
    element.checkVisibility();
  const texts = [...document.body.querySelectorAll("*")].filter(says);
  if (texts.length < 4) return ["hardly any text was found"];
  return texts.flatMap((element) => {
    const style = getComputedStyle(element);
    const [a, b] = [light(rgba(style.color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const enough = Number.parseFloat(style.fontSize) >= 24 ? 3 : 4.5;
    return ratio >= enough ? [] : [`${element.textContent?.trim().slice(0, 40)}: ${ratio.toFixed(2)}`];
  });
}
