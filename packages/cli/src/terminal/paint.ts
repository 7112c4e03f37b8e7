import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

const wanted = (stream: NodeJS.WriteStream): boolean =>
  process.env.FORCE_COLOR ? process.env.FORCE_COLOR !== '0' : Boolean(stream.isTTY) && !process.env.NO_COLOR;

/** Text in a style, when the stream is a terminal that wants it (NO_COLOR, FORCE_COLOR). */
export const paint = (style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string =>
  wanted(stream) ? styleText(style, text, { validateStream: false }) : text;

const stateStyles: Record<string, Style> = {
  OK: 'green',
  AVAILABLE: 'green',
  ACTIVE: 'green',
  REPLICATING: 'cyan',
  COPYING: 'cyan',
  INJECT: 'cyan',
  WAITING_APPROVAL: 'yellow',
  SUSPENDED: 'yellow',
  UNAVAILABLE: 'yellow',
  STUCK: 'red',
  BAD: 'red',
  FAILED: 'red',
};

/** A state of the field in its colour. */
export const paintState = (state: string): string => {
  const style = stateStyles[state];
  return style ? paint(style, state) : state;
};
