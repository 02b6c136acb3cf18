/** English words of the pages. `{name}` marks where a value goes. */
export const en = {
  brand: "Sekisho",
};
