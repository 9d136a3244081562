// Large type, as this phone likes it.

const remembered = "large";

export function isLarge(): boolean {
  return localStorage.getItem(remembered) === "yes";
}

/** Returns what it was told. */
export function useLarge(large: boolean): boolean {
  localStorage.setItem(remembered, large ? "yes" : "no");
  document.documentElement.classList.toggle("large", large);
  return large;
}
