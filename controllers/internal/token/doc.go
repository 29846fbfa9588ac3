// SPDX-License-Identifier: Apache-2.0

// Package token mints the RTC tokens with which recorders join channels: Agora's
// AccessToken2 with the one privilege that a recorder needs. It is pure: it calls nothing,
// and the same claims give the same token.
package token
