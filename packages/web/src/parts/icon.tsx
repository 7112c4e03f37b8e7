/** Line drawings on a grid of 16, in the colour of the text. Decoration: the word beside them says it. */
const drawings = {
  now: 'M1.5 9.5c2 0 2-1.5 3.25-1.5S6 9.5 8 9.5s2-1.5 3.25-1.5S12.5 9.5 14.5 9.5M1.5 12.5c2 0 2-1.5 3.25-1.5S6 12.5 8 12.5s2-1.5 3.25-1.5 1.25 1.5 3.25 1.5M3.5 5.5a4.5 4.5 0 0 1 9 0',
  data: 'M1.75 4.25c0-.8.7-1.5 1.5-1.5H6l1.5 1.75h5.25c.8 0 1.5.7 1.5 1.5v5.75c0 .8-.7 1.5-1.5 1.5H3.25c-.8 0-1.5-.7-1.5-1.5z',
  rules: 'M5.5 4h8.75M5.5 8h8.75M5.5 12h8.75M1.75 4l.8.8L4 3.2M1.75 8l.8.8L4 7.2M1.75 12l.8.8L4 11.2',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.75 10.75 14.25 14.25',
  check: 'M3 8.5 6.5 12 13 4.5',
  moving: 'M2 8h11M9 4l4 4-4 4',
  waiting: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.75V8l2.25 1.5',
  stuck: 'M8 2.25 14.5 13.5h-13zM8 6.5v3.25M8 11.6v.2',
  failed: 'M4 4l8 8M12 4l-8 8',
  unknown: 'M3.5 8h9',
  sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7',
  moon: 'M13.5 9.6A5.75 5.75 0 0 1 6.4 2.5a5.75 5.75 0 1 0 7.1 7.1z',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.75V8l2.25 1.5',
  person: 'M8 8.25a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 14c.4-2.7 2.6-4 5.5-4s5.100 1.300 5.500 4',
  file: 'M4 1.75h5L12.75 5.500V13c0 .7-.6 1.250-1.250 1.250H4c-.7 0-1.250-.6-1.250-1.250V3c0-.7.6-1.250 1.250-1.250zM9 1.750V5.500h3.750',
  dataset: 'M2 4.500 8 1.500l6 3-6 3zM2 8l6 3 6-3M2 11.500l6 3 6-3',
  container: 'M2 5 8 2l6 3v6.250l-6 3-6-3zM2 5l6 3 6-3M8 8v6',
  download: 'M8 2v8.500M4.500 7.250 8 10.750l3.500-3.500M2.500 13.500h11',
  upload: 'M8 11V2.500M4.500 5.750 8 2.250l3.500 3.500M2.500 13.500h11',
  plus: 'M8 3v10M3 8h10',
  right: 'M6 3.500 10.500 8 6 12.500',
  sort: 'M5 6.500 8 3.500l3 3M5 9.500l3 3 3-3',
  table: 'M2 3.250h12v9.500H2zM2 6.500h12M6.500 6.500v6.250',
  chart: 'M2 13.500h12M3 11l3-4 3 2.500L13 4',
  copy: 'M5.500 5.500h8v8h-8zM3.500 10.500h-1v-8h8v1',
  out: 'M6.500 2.500h-4v11h4M10 5l3 3-3 3M13 8H6',
  trash: 'M2.500 4h11M6 4V2.500h4V4M4 4l.7 9.500h6.600L12 4',
  tape: 'M4.750 10.750a2.750 2.750 0 1 0 0-5.500 2.750 2.750 0 0 0 0 5.500zM11.250 10.750a2.750 2.750 0 1 0 0-5.500 2.750 2.750 0 0 0 0 5.500zM4.750 10.750h6.500',
  disk: 'M2.500 9.500h11v3.250h-11zM2.500 9.500l1.750-6h7.500l1.750 6M11 11.125h.2',
} as const;

export type IconName = keyof typeof drawings;

export const Icon = ({ name, size = 16 }: { name: IconName; size?: number }) => (
  <svg
    width={size}
    height={size}
    viewBox="0 0 16 16"
    fill="none"
    aria-hidden="true"
    focusable="false"
    style={{ flex: 'none' }}
  >
    <path
      d={drawings[name]}
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
  </svg>
);
