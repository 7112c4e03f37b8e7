import type { ReactNode } from 'react';
import classes from './parts.module.css';

/** Something wider than the page, that scrolls by itself and can be reached by keyboard to do so. */
export const ScrollBox = ({ label, children }: { label: string; children: ReactNode }) => (
  // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
  // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys scroll it only when it has the focus
  <div role="group" className={classes.scroll} tabIndex={0} aria-label={label}>
    {children}
  </div>
);
