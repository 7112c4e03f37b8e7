import { type ReactNode, useId } from 'react';
import classes from './parts.module.css';

/** A titled piece of a page. */
export const Panel = ({
  title,
  note,
  tools,
  flush = false,
  children,
}: {
  title: string;
  note?: ReactNode;
  tools?: ReactNode;
  flush?: boolean;
  children: ReactNode;
}) => {
  const id = useId();
  return (
    <section className={classes.panel} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {note ? <span className={classes.note}>{note}</span> : null}
        {tools ? <div className={classes.tools}>{tools}</div> : null}
      </header>
      <div className={flush ? undefined : classes.body}>{children}</div>
    </section>
  );
};

/** The first thing on a page: how things are, in words. */
export const Lead = ({
  kicker,
  children,
  aside,
}: {
  kicker?: ReactNode;
  children: ReactNode;
  aside?: ReactNode;
}) => (
  <div className={classes.lead}>
    <div>
      {kicker ? <div className={classes.kicker}>{kicker}</div> : null}
      <h1>{children}</h1>
    </div>
    {aside ? <div className={classes.aside}>{aside}</div> : null}
  </div>
);
