// Asks a server's API, and holds each question and answer to its OpenAPI document.

import assert from 'node:assert/strict';

import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv from 'ajv/dist/2020.js';

const methods = ['get', 'post', 'put', 'delete', 'options', 'patch'];

/** The document is itself held to the meta-schema of OpenAPI 3.1. */
export class DescribedApi {
  static async of(server, key) {
    const base = `http://${server.authority}`;
    const document = await (await fetch(`${base}/api/openapi.json`)).json();
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(document));
    assert.ok(valid, JSON.stringify(errors));
    assert.equal(validator.version, '3.1');
    return new DescribedApi(base, key, document);
  }

  constructor(base, key, document) {
    this.base_ = base;
    this.key_ = key;
    this.document = document;
    this.asked = new Set();
    this.ajv_ = new Ajv({ strict: false, validateFormats: false });
    this.ajv_.addSchema(document, 'api');
  }

  /** `get /api/topics`, for each that the document describes. */
  operations() {
    return Object.entries(this.document.paths).flatMap(([path, item]) =>
      methods.filter((method) => item[method]).map((method) => `${method} ${path}`),
    );
  }

  /** The status and the body, which are as the document says. */
  async ask(method, target, { body, key = this.key_, headers = {} } = {}) {
    const answer = await fetch(this.base_ + target, {
      method,
      headers: {
        ...(key ? { authorization: `Bearer ${key}` } : {}),
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      body: body && JSON.stringify(body),
    });
    const json = await answer.json();
    this.check_(method, target.replace(/\?.*/, ''), answer.status, json);
    return { status: answer.status, body: json };
  }

  check_(method, path, status, json) {
    const found = Object.keys(this.document.paths)
      .sort((a, b) => a.includes('{') - b.includes('{'))
      .find((one) => new RegExp(`^${one.replace(/\{\w+\}/g, '[^/]+')}$`).test(path));
    assert.ok(found, `${path} is not described`);
    const operation = `${method.toLowerCase()} ${found}`;
    const escape = (part) => part.replaceAll('~', '~0').replaceAll('/', '~1');
    const responses = this.document.paths[found][method.toLowerCase()]?.responses;
    assert.ok(responses?.[status], `${operation} is not described to answer ${status}`);
    const place = responses[status].$ref
      ? responses[status].$ref
      : `#/paths/${escape(found)}/${method.toLowerCase()}/responses/${status}`;
    const validate = this.ajv_.getSchema(
      `api${encodeURI(place)}/content/${escape('application/json')}/schema`,
    );
    assert.ok(validate(json), `${operation}: ${this.ajv_.errorsText(validate.errors)}`);
    this.asked.add(operation);
  }
}
