// SPDX-License-Identifier: Apache-2.0

// Package clientrequest turns what a recording says into requests to Agora, and knows which
// Secrets they need. It is pure: it calls nothing.
package clientrequest
