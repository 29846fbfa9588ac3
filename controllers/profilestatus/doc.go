// SPDX-License-Identifier: Apache-2.0

// Package profilestatus says of profiles whether their Secrets are there and of the right form,
// and how many recordings name them.
package profilestatus
