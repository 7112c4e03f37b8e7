import { FieldError } from '@leman/contracts';
import { Button, PasswordInput, Select, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { lake, queries } from '../app/lake.ts';
import { Mark } from '../parts/mark.tsx';
import { Problem } from '../parts/problem.tsx';
import classes from './login.module.css';

/** Where to go after the login: only into these pages. */
const nextPage = (): string => {
  const next = new URLSearchParams(location.search).get('next') ?? '/ui/';
  return /^\/ui(\/(?!\/)|$)/.test(next) && !next.startsWith('/ui/login') ? next : '/ui/';
};

/** The accounts that a refusal offers, when the login has several. */
const offered = (error: unknown): string[] => {
  if (!(error instanceof FieldError)) return [];
  const list = /several accounts: (.+)\. Name one/.exec(error.message)?.[1];
  return list ? list.split(', ') : [];
};

export const LoginPage = () => {
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [accounts, setAccounts] = useState<string[]>([]);
  const logIn = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setError(undefined);
    try {
      await lake.transport.json('/ui/api/login', { method: 'POST', body: Object.fromEntries(form) });
      queries.clear();
      location.replace(nextPage());
    } catch (failure) {
      const choice = offered(failure);
      setAccounts(choice);
      setError(choice.length > 0 ? undefined : failure);
      setBusy(false);
    }
  };
  return (
    <main className={classes.page}>
      <div className={classes.water}>
        <div className={classes.sign}>
          <Mark width={560} deep />
        </div>
        <p>
          Where the data is, where it is going, <br />
          and why it is not there yet.
        </p>
      </div>
      <div className={classes.shore}>
        <form onSubmit={logIn} className={classes.form}>
          <div className={classes.brand}>
            <Mark width={46} />
            <h1>Leman</h1>
          </div>
          {error ? <Problem error={error} /> : null}
          <TextInput
            name="username"
            label="User name"
            autoComplete="username"
            required
            withAsterisk={false}
            autoFocus
            size="md"
          />
          <PasswordInput
            name="password"
            label="Password"
            autoComplete="current-password"
            required
            withAsterisk={false}
            size="md"
            visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
          />
          {accounts.length > 0 ? (
            <Select
              name="account"
              label="Account"
              description="This login has several."
              data={accounts}
              required
              size="md"
            />
          ) : null}
          <Button type="submit" size="md" loading={busy} fullWidth>
            Log in
          </Button>
          <p className={classes.hint}>
            First time here? <code>leman up</code> keeps the first login in the file <code>admin.json</code>{' '}
            of the lake’s home and prints where that is.
          </p>
        </form>
      </div>
    </main>
  );
};
