import { FieldError } from '@leman/contracts';
import { Button } from '@mantine/core';
import { Icon } from './icon.tsx';
import classes from './parts.module.css';

/** A piece of the pages that could not be fetched. */
const isMissingPiece = (error: unknown): boolean =>
  error instanceof Error && /dynamically imported module|preload CSS|Importing a module/.test(error.message);

const sayError = (error: unknown): { what: string; term: string } => {
  if (isMissingPiece(error)) {
    const what =
      'This page cannot be loaded: the lake does not answer, or it is newer than what is loaded here.';
    return { what: `${what} Load it again in a moment.`, term: String(error) };
  }
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
