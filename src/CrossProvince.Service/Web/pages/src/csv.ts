// Tables as files that spreadsheets open.

export type CsvValue = string | number;

/** RFC 4180, with the mark by which spreadsheets know UTF-8. A text that a spreadsheet would take for a formula stays a text. */
export function toCsv(heading: string[], rows: CsvValue[][]): string {
  return `\uFEFF${[heading, ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

/** Gives a file to whoever sits here. */
export function download(name: string, csv: string): void {
  const address = URL.createObjectURL(new Blob([csv], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

function cell(value: CsvValue): string {
  if (typeof value === "number") {
    return String(value);
  }
  const text = /^[=+\-@＝＋－＠\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
