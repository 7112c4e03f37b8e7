import { Link } from '@tanstack/react-router';
import { Mark } from '../parts/mark.tsx';
import { Lead } from '../parts/panel.tsx';
import classes from '../parts/parts.module.css';

/** For an address that leads nowhere. */
export const NotFound = () => (
  <div className={classes.alone}>
    <Mark width={220} deep />
    <Lead>There is no such page.</Lead>
    <p>
      The address may be old, or mistyped. <Link to="/">See the lake as it is now</Link>, or search for what
      you wanted.
    </p>
  </div>
);
