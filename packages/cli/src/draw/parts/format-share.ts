/** A share of 0 to 1 in percent, such as `12.3 %`; `<0.1 %` for what is there but would read as nothing. */
export function formatShare(share: number): string {
  return share > 0 && share < 0.0005 ? '<0.1 %' : `${(share * 100).toFixed(1)} %`
}
