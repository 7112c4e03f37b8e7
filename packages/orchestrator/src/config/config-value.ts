/** A stored text as the value it means: booleans (true/yes/on, false/no/off), numbers, else text. */
export const configValue = (text: string): boolean | number | string => {
  const low = text.toLowerCase();
  if (['true', 'yes', 'on'].includes(low)) return true;
  if (['false', 'no', 'off'].includes(low)) return false;
  // Whole numbers that a double cannot hold stay text, rather than being rounded.
  if (/^[+-]?\d+$/.test(text)) return Number.isSafeInteger(Number(text)) ? Number(text) : text;
  if (/^[+-]?(\d+\.\d*|\.\d+|\d+)(e[+-]?\d+)?$/i.test(text) && Number.isFinite(Number(text)))
    return Number(text);
  return text;
};
