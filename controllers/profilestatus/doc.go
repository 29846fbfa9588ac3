// SPDX-License-Identifier: Apache-2.0

// Package profilestatus writes the status of profiles: whether their Secrets exist and have the
// right form, and how many recordings name them.
package profilestatus
