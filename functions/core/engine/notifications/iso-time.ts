/** Formats epoch milliseconds as ISO 8601 with milliseconds and `Z`. */
export const toIsoTime = (time: number): string => new Date(time).toISOString();
