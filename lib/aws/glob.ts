/** Reachable places in the right pattern, by place in the left: row `i` knows what rows below it found. */
type Row = readonly boolean[];

/**
 * Whether some text matches both patterns, where `*` stands for any run and `?` for any one character.
 *
 * It walks all pairs of places in the two patterns, so time is the product of their lengths.
 */
export function globsMeet(left: string, right: string): boolean {
  let below: Row = [];
  for (let i = left.length; i >= 0; i--) {
    const row: boolean[] = new Array<boolean>(right.length + 1).fill(false);
    for (let j = right.length; j >= 0; j--) {
      const ended = i === left.length && j === right.length;
      row[j] = ended || meetsFrom(left.charAt(i), right.charAt(j), below, row, j);
    }
    below = row;
  }
  return below[0] === true;
}

/** Whether what is left of both can be the same text; a pattern that has ended reads as "". */
function meetsFrom(a: string, b: string, below: Row, row: Row, j: number): boolean {
  // A star ends here, or takes whatever the other pattern has next.
  if (a === "*") return below[j] === true || (b !== "" && row[j + 1] === true);
  if (b === "*") return row[j + 1] === true || (a !== "" && below[j] === true);
  const same = a === b || a === "?" || b === "?";
  return same && a !== "" && b !== "" && below[j + 1] === true;
}
