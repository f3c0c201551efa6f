/** Tables as commands print them. */
import { table } from "table";

export type Row = readonly (string | number)[];

/** A header and rows with lines around both; long cells wrap between words. */
export const renderTable = (header: Row, rows: readonly Row[]): string =>
  table([[...header], ...rows.map(row => [...row])], {
    drawHorizontalLine: (index, size) => index === 0 || index === 1 || index === size,
    columnDefault: { wrapWord: true },
  });
