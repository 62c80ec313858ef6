import express from 'express';

/** What both sides serve: a small JSON answer of an ordinary Express application. */
export const app = express();
app.get('/', (_req, res) => {
  res.json({ hello: 'world', pid: process.pid });
});
