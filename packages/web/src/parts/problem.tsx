import { FieldError } from '@leman/contracts';
import { Button } from '@mantine/core';
import { Icon } from './icon.tsx';
import classes from './parts.module.css';

const sayError = (error: unknown): { what: string; term: string } => {
  if (error instanceof FieldError) return { what: error.message, term: `${error.name} (${error.status})` };
  return { what: 'The page itself made a mistake. Loading it again may help.', term: String(error) };
};

/** What went wrong: what happened, what to do, and the technical text folded in. */
export const Problem = ({ error, retry, title }: { error: unknown; retry?: () => void; title?: string }) => {
  const { what, term } = sayError(error);
  return (
    <div className={classes.problem} role="alert">
      <Icon name="stuck" size={18} />
      <div>
        {title ? <strong>{title} </strong> : null}
        <span>{what}</span>
        <details>
          <summary>Technical text</summary>
          <code>{term}</code>
        </details>
      </div>
      {retry ? (
        <Button variant="default" size="compact-sm" onClick={retry}>
          Try again
        </Button>
      ) : null}
    </div>
  );
};
