// SPDX-License-Identifier: Apache-2.0

package agora

import (
	"cmp"
	"net/url"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// The names of services in extensionServiceState.
const uploadService = "upload_service"

// Values of uploadingStatus. Everything but uploaded leaves the upload open.
const (
	// Uploaded means that all files are in the configured bucket.
	Uploaded = "uploaded"

	// Backuped means that files are in Agora's backup, and are transferred later.
	Backuped = "backuped"

	// Unknow means that Agora cannot tell; it is spelled unknown as well.
	Unknow = "unknow"
)

// Report is what an answer says of the recording. Every part of it may be
// missing, in success and failure alike.
type Report struct {
	// ServiceStatus is Agora's number for the state of the recorder.
	ServiceStatus *int32

	// FileListMode is the shape in which Agora reported the files.
	FileListMode string

	// Files are the files that the answer names, wherever it names them.
	Files []v1alpha1.RecordedFile

	// UploadingStatus is the state of the upload. Where the answer states two,
	// it is the worse one.
	UploadingStatus string

	// ExtensionServices are the states of a web recording's services.
	ExtensionServices []v1alpha1.ExtensionServiceState

	// StartTime is when the first slice began; zero if unknown.
	StartTime time.Time
}

// newReport reads the member serverResponse of an answer.
func newReport(response Members) Report {
	report := Report{
		ServiceStatus:   response.Number32("status"),
		FileListMode:    response.Text("fileListMode"),
		UploadingStatus: response.Text("uploadingStatus"),
	}
	if start := sliceStartTime(response); start != nil {
		report.StartTime = time.UnixMilli(*start)
	}
	report.Files = appendFiles(report.Files, response["fileList"])
	report.Files = appendFiles(report.Files, response["fileListStr"])
	for _, service := range response.Objects("extensionServiceState") {
		report.addExtensionService(service)
	}
	return report
}

func (r *Report) addExtensionService(service Members) {
	// One generation of Agora's documentation spells it otherwise.
	payload := service.Object("payload", "playload")
	r.Files = appendFiles(r.Files, payload["fileList"])

	name := service.Text("serviceName")
	status := payload.Text("uploadingStatus")
	if name == uploadService {
		r.UploadingStatus = worse(r.UploadingStatus, status)
	}
	if name == "" {
		return
	}
	r.ExtensionServices = append(r.ExtensionServices, v1alpha1.ExtensionServiceState{
		ServiceName: name,
		Payload: v1alpha1.ExtensionServicePayload{
			State:           payload.Text("state"),
			Onhold:          payload.boolean("onhold"),
			UploadingStatus: status,
			Status:          payload.Text("status"),
			Outputs:         outputs(payload),
		},
	})
}

// outputs reads the CDN addresses of a web recording. The path of an address
// holds the stream key, which is a secret, and is left out.
func outputs(payload Members) []v1alpha1.ExtensionServiceOutput {
	var found []v1alpha1.ExtensionServiceOutput
	for _, output := range payload.Objects("outputs") {
		found = append(found, v1alpha1.ExtensionServiceOutput{
			RTMPURL: withoutPath(output.Text("rtmpUrl")),
			Status:  output.Text("status"),
		})
	}
	return found
}

func withoutPath(address string) string {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" {
		return ""
	}
	return (&url.URL{Scheme: parsed.Scheme, Host: parsed.Host}).String()
}

// worse returns the one of two upload states that promises less. A state that
// is not said promises nothing, and adds nothing either.
func worse(a, b string) string {
	if a == "" || b == "" {
		return cmp.Or(a, b)
	}
	if a == Uploaded {
		return b
	}
	return a
}
