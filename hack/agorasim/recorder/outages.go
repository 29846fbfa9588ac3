// SPDX-License-Identifier: Apache-2.0

package recorder

import "time"

// Outage is why the uploads of a recorder do not reach the bucket.
type Outage int

// The outages.
const (
	// OutageNone lets them reach it.
	OutageNone Outage = iota
	// OutageStale is a temporary credential that was not replaced in time: the
	// files go to Agora's backup.
	OutageStale
	// OutageExpired is one whose own time is over, and OutageRefused are
	// credentials that do not open the bucket: there is no backup for these.
	OutageExpired
	OutageRefused
)

// Outage returns why uploads do not reach the bucket, and since when. What an
// ended recorder did not get before its end comes too late.
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

// NextOutage returns the outage that the credentials in force lead to.
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

// Loses says whether what an outage keeps from the bucket is in no backup.
func (o Outage) Loses() bool { return o == OutageExpired || o == OutageRefused }

// settleOutage makes the outcome of the upload that of an outage which the
// recording has ended in.
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
