// SPDX-License-Identifier: Apache-2.0

// Package agora models what Agora's Cloud Recording REST API accepts and returns.
//
// The meaning of every answer is in one table, in conclusion.go. The package sends
// nothing: the client is in package rest.
package agora
