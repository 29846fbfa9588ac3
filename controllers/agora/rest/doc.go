// SPDX-License-Identifier: Apache-2.0

// Package rest calls Agora's Cloud Recording REST API.
//
// A method makes one attempt at one endpoint and returns an agora.Answer, whatever
// happened: a refused connection, a gateway's page and a cut-off body are
// answers too. When and how often to try again is the caller's to decide, since
// every attempt counts against the account's request limit.
package rest
