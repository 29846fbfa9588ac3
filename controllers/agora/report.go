// SPDX-License-Identifier: Apache-2.0

package agora

import (
	"cmp"
	"net/url"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// uploadService is the name of the upload service in extensionServiceState.
const uploadService = "upload_service"

// Values of uploadingStatus. With every value except uploaded, the upload is incomplete.
const (
	// Uploaded means that all files are in the configured bucket.
	Uploaded = "uploaded"

	// Backuped means that files are in Agora's backup and are transferred later.
	Backuped = "backuped"

	// Unknow means that Agora does not know the state. Agora also spells it unknown.
	Unknow = "unknow"
)

// Report is what an answer says about the recording. Any part of it may be missing, in
// successful and failed answers alike.
type Report struct {
	// ServiceStatus is Agora's number for the state of the recorder.
	ServiceStatus *int32

	// FileListMode is the shape in which Agora reported the files.
	FileListMode string

	// Files are all files that the answer names, wherever it names them.
	Files []v1alpha1.RecordedFile

	// UploadingStatus is the state of the upload. If the answer contains two, it is the
	// worse one.
	UploadingStatus string

	// ExtensionServices are the states of a web recording's services.
	ExtensionServices []v1alpha1.ExtensionServiceState

	// StartTime is when the first slice began; zero if unknown.
	StartTime time.Time
}

// newReport reads the serverResponse of an answer.
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
	// One edition of Agora's documentation spells it playload.
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

// outputs reads the CDN addresses of a web recording. It omits the path of each address,
// which contains the stream key, a secret.
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

// worse returns the worse of two upload states. It ignores an empty state.
func worse(a, b string) string {
	if a == "" || b == "" {
		return cmp.Or(a, b)
	}
	if a == Uploaded {
		return b
	}
	return a
}
