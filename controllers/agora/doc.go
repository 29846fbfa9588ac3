// SPDX-License-Identifier: Apache-2.0

// Package agora knows what Agora's Cloud Recording REST API takes and says.
//
// What an answer means stands in one table, in conclusion.go. The package sends
// nothing: the client is in the package rest.
package agora
