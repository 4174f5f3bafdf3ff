/** Whether a patch lies on the border of its grid. */
export function isBorder(row: number, column: number, rows: number, columns: number): boolean {
  return row === 0 || column === 0 || row === rows - 1 || column === columns - 1
}
