// SPDX-License-Identifier: Apache-2.0

// Package budget shares the requests that an Agora account may send in a second among the
// recordings that use the account.
//
// No call blocks. An owner without a turn is told when to ask again, and keeps its place
// until then. The most urgent requests go first, and equally urgent ones in the order in
// which they came.
package budget
