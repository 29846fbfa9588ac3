// SPDX-License-Identifier: Apache-2.0

// Package budget shares the requests that an Agora account may send in a
// second among the recordings that use the account.
//
// Nobody waits here: whoever has no turn yet is told when to ask again, and
// keeps its place meanwhile. A need that is greater goes first, and among equal
// needs who came first.
package budget
