// SPDX-License-Identifier: Apache-2.0

package recorder

import "time"

// Outage is the reason why the uploads of a recorder do not reach the bucket.
type Outage int

// The possible outages.
const (
	// OutageNone means that uploads reach the bucket.
	OutageNone Outage = iota
	// OutageStale means that a temporary credential was not replaced in time. The files
	// go to Agora's backup.
	OutageStale
	// OutageExpired means that a temporary credential has expired, and OutageRefused that
	// the credentials do not open the bucket. In both cases, there is no backup.
	OutageExpired
	OutageRefused
)

// Outage returns why uploads do not reach the bucket, and since when. Credentials that
// arrive after the end of a recorder are too late.
func (r *Recorder) Outage(at time.Time) (since time.Time, why Outage) {
	if r.Ended && at.After(r.EndedAt) {
		at = r.EndedAt
	}
	since, why = r.NextOutage()
	if why == OutageNone || !since.Before(at) {
		return time.Time{}, OutageNone
	}
	return since, why
}

// NextOutage returns the outage that the current credentials will cause.
func (r *Recorder) NextOutage() (since time.Time, why Outage) {
	config := r.Storage
	if r.StorageRefused {
		return config.ReceivedAt, OutageRefused
	}
	if !config.Temporary {
		return time.Time{}, OutageNone
	}
	if r.STSRefreshInterval > 0 {
		since, why = config.ReceivedAt.Add(r.STSRefreshInterval), OutageStale
	}
	if config.STSExpiration == 0 {
		return since, why
	}
	if expiration := time.Unix(config.STSExpiration, 0).UTC(); why == OutageNone || expiration.Before(since) {
		since, why = expiration, OutageExpired
	}
	return since, why
}

// Loses reports whether the outage loses files, because they are in no backup.
func (o Outage) Loses() bool { return o == OutageExpired || o == OutageRefused }

// settleOutage sets the outcome of the upload if the recording ended during an outage.
func (r *Recorder) settleOutage() {
	if r.UploadingStatus != UploadingStatusUploaded || r.CutOff || r.RecordedNothing() {
		return
	}
	switch _, why := r.Outage(r.EndedAt); {
	case why == OutageStale:
		r.UploadingStatus, r.BackedUpByOutage = UploadingStatusBackuped, true
	case why.Loses():
		r.UploadingStatus = UploadingStatusUnknow
	}
}
