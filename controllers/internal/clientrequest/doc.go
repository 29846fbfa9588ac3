// SPDX-License-Identifier: Apache-2.0

// Package clientrequest makes the requests that Agora gets of what a recording says, and says
// which Secrets that takes. It is pure: it calls nothing.
package clientrequest
