// SPDX-License-Identifier: Apache-2.0

// Package rtctoken reads RTC tokens as Agora does. It supports AccessToken2, which begins
// with 007.
package rtctoken
