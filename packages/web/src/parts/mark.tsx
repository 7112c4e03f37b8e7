import { lakeContours } from '../theme/lake-contours.ts';

/** The sign of the pages: the lake, with its depth lines when there is room. */
export const Mark = ({ width, deep = false }: { width: number; deep?: boolean }) => (
  <svg width={width} viewBox="10 10 520 320" aria-hidden="true" focusable="false" style={{ flex: 'none' }}>
    {deep ? (
      lakeContours.map((line, depth) => (
        <path
          key={line}
          d={line}
          fill="none"
          stroke="currentColor"
          strokeWidth={depth === 0 ? 1.8 : 1}
          strokeOpacity={depth === 0 ? 0.95 : 0.75 - depth * 0.05}
        />
      ))
    ) : (
      <path d={lakeContours[0]} fill="currentColor" />
    )}
  </svg>
);
