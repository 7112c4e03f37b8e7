import type { ReactNode } from 'react';
import { Mark } from './mark.tsx';
import classes from './parts.module.css';

/** Nothing here yet: what would be, and how it gets here. */
export const Empty = ({ title, children }: { title: string; children?: ReactNode }) => (
  <div className={classes.empty}>
    <Mark width={132} deep />
    <strong>{title}</strong>
    {children ? <p>{children}</p> : null}
  </div>
);
