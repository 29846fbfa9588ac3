// SPDX-License-Identifier: Apache-2.0

// Package secrets reads what recordings need of Secrets, each only when it has changed, and
// keeps what was parsed of it and nothing else.
package secrets
