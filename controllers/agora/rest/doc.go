// SPDX-License-Identifier: Apache-2.0

// Package rest calls Agora's Cloud Recording REST API.
//
// Each method makes one attempt at one endpoint and always returns an agora.Answer: a
// refused connection, a gateway's page and a truncated body are answers too. The caller
// decides when and how often to try again, because every attempt counts against the
// account's request limit.
package rest
