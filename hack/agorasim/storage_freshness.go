// SPDX-License-Identifier: Apache-2.0

package agorasim

import "time"

// outage is why the uploads of a recorder do not reach the bucket.
type outage int

const (
	// outageNone lets them reach it.
	outageNone outage = iota
	// outageStale is a temporary credential that was not replaced in time: the
	// files go to Agora's backup.
	outageStale
	// outageExpired is one whose own time is over, and outageRefused are
	// credentials that do not open the bucket: there is no backup for these.
	outageExpired
	outageRefused
)

// defaultSTSRefreshInterval is how often Agora wants fresh temporary credentials.
const defaultSTSRefreshInterval = time.Hour

// outage returns why uploads do not reach the bucket, and since when. What an
// ended recorder did not get before its end comes too late.
func (r *recorder) outage(at time.Time) (since time.Time, why outage) {
	if r.ended && at.After(r.endedAt) {
		at = r.endedAt
	}
	since, why = r.nextOutage()
	if why == outageNone || !since.Before(at) {
		return time.Time{}, outageNone
	}
	return since, why
}

// nextOutage returns the outage that the credentials in force lead to.
func (r *recorder) nextOutage() (since time.Time, why outage) {
	config := r.storageConfig
	if r.storageRefused {
		return config.ReceivedAt, outageRefused
	}
	if !config.Temporary {
		return time.Time{}, outageNone
	}
	if r.stsRefreshInterval > 0 {
		since, why = config.ReceivedAt.Add(r.stsRefreshInterval), outageStale
	}
	if config.STSExpiration == 0 {
		return since, why
	}
	if expiration := time.Unix(config.STSExpiration, 0).UTC(); why == outageNone || expiration.Before(since) {
		since, why = expiration, outageExpired
	}
	return since, why
}

// loses says whether what an outage keeps from the bucket is in no backup.
func (o outage) loses() bool { return o == outageExpired || o == outageRefused }

// settleOutage makes the outcome of the upload that of an outage which the
// recording has ended in.
func (r *recorder) settleOutage() {
	if r.uploadingStatus != UploadingStatusUploaded || r.cutOff || r.recordedNothing() {
		return
	}
	switch _, why := r.outage(r.endedAt); {
	case why == outageStale:
		r.uploadingStatus, r.backedUpByOutage = UploadingStatusBackuped, true
	case why.loses():
		r.uploadingStatus = UploadingStatusUnknow
	}
}

// expectOutage arranges what is told of the outage that the credentials in
// force lead to.
func (s *Simulator) expectOutage(r *recorder) {
	due, why := r.nextOutage()
	if why == outageNone {
		return
	}
	s.on(r, due, func(at time.Time) {
		if since, still := r.nextOutage(); r.overBy(at) || still != why || !since.Equal(due) {
			return
		}
		switch why {
		case outageStale:
			s.tell(r, at, EventWarning, backupWarning())
		case outageExpired:
			s.tell(r, at, EventError, uploadFailed())
		case outageRefused:
			s.tell(r, at, EventError, wrongStorage())
		case outageNone:
		}
	})
}
