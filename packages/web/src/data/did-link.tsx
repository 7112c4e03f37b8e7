import type { DidKind, DidName } from '@leman/client';
import { Link } from '@tanstack/react-router';
import { Fragment } from 'react';
import { Icon, type IconName } from '../parts/icon.tsx';
import classes from './data.module.css';

export const kindIcons: Record<DidKind, IconName> = {
  FILE: 'file',
  DATASET: 'dataset',
  CONTAINER: 'container',
};

/** A name that breaks, when it has to, after its marks first. */
const Name = ({ name }: { name: string }) =>
  name.split(/(?<=[:/._])/).map((piece, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text, in its order
    <Fragment key={index}>
      {index > 0 ? <wbr /> : null}
      {piece}
    </Fragment>
  ));

/** A name of the lake as a link, with the icon of its kind. */
export const DidLink = ({ did, kind, short = false }: { did: DidName; kind?: DidKind; short?: boolean }) => (
  <span className={classes.name}>
    {kind ? <Icon name={kindIcons[kind]} /> : null}
    <Link to="/data/$scope/$name" params={{ scope: did.scope, name: did.name }}>
      <Name name={short ? did.name : `${did.scope}:${did.name}`} />
    </Link>
  </span>
);
