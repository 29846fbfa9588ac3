// SPDX-License-Identifier: Apache-2.0

package agorasim

import "time"

// serverResponse is the member of the same name of query and stop. What is
// there depends on the mode and on how the recording was configured.
type serverResponse struct {
	Status                *int               `json:"status,omitempty"`
	FileListMode          string             `json:"fileListMode,omitempty"`
	FileList              any                `json:"fileList,omitempty"`
	UploadingStatus       string             `json:"uploadingStatus,omitempty"`
	SliceStartTime        *int64             `json:"sliceStartTime,omitempty"`
	ExtensionServiceState []extensionService `json:"extensionServiceState,omitempty"`
}

// The extension services of a web page recording.
const (
	webRecorderService = "web_recorder_service"
	rtmpPublishService = "rtmp_publish_service"
)

type extensionService struct {
	ServiceName string `json:"serviceName"`
	Payload     any    `json:"payload"`
}

type webRecorderPayload struct {
	State    string    `json:"state"`
	Onhold   bool      `json:"onhold"`
	FileList []webFile `json:"fileList"`
}

// webFile has another key for the name than the files of other modes.
type webFile struct {
	FileName       string `json:"filename"`
	SliceStartTime int64  `json:"sliceStartTime"`
}

type publishingPayload struct {
	State   string            `json:"state"`
	Outputs []publishedOutput `json:"outputs"`
}

type publishedOutput struct {
	RTMPURL string `json:"rtmpUrl"`
	Status  string `json:"status"`
}

type uploadPayload struct {
	UploadingStatus string `json:"uploadingStatus,omitempty"`
}

// queryResponse is what query says. It never holds the state of the upload.
func (r *recorder) queryResponse(now time.Time) serverResponse {
	status := r.serviceStatus(now)
	response := serverResponse{Status: &status}
	if r.mode == ModeWeb {
		response.ExtensionServiceState = []extensionService{r.webRecorder(now)}
		if len(r.outputs) > 0 {
			response.ExtensionServiceState = append(response.ExtensionServiceState, r.publishing(now))
		}
		return response
	}
	begin := r.startedAt.UnixMilli()
	response.SliceStartTime = &begin
	r.listFiles(&response, now)
	return response
}

// stopResponse is what a synchronous stop says once the upload is over.
func (r *recorder) stopResponse(now time.Time) serverResponse {
	status := r.uploadingStatus
	if status == UploadingStatusAbsent {
		status = ""
	}
	if r.mode == ModeWeb {
		return serverResponse{ExtensionServiceState: []extensionService{
			// The order of services is not guaranteed.
			{ServiceName: "upload_service", Payload: uploadPayload{status}},
			r.webRecorder(now),
		}}
	}
	response := serverResponse{UploadingStatus: status}
	r.listFiles(&response, now)
	return response
}

// listFiles adds the files in the shape that the configuration leads to.
func (r *recorder) listFiles(response *serverResponse, now time.Time) {
	files := r.files(now)
	switch {
	case !r.listsFiles():
		// Neither the list nor its mode is there when screenshots are taken.
	case r.mode == ModeMix && !r.makesMP4():
		response.FileListMode, response.FileList = "string", latestIndex(files)
	default:
		if files == nil {
			files = []File{}
		}
		response.FileListMode, response.FileList = "json", files
	}
}

// listsFiles says whether answers hold a list of files, or its like.
func (r *recorder) listsFiles() bool {
	return r.mode != ModeIndividual || !r.snapshot
}

func (r *recorder) webRecorder(now time.Time) extensionService {
	payload := webRecorderPayload{State: r.webState(now), Onhold: r.onhold(), FileList: webFiles(r.files(now))}
	return extensionService{ServiceName: webRecorderService, Payload: payload}
}

func (r *recorder) publishing(now time.Time) extensionService {
	payload := publishingPayload{State: r.webState(now)}
	for _, output := range r.outputs {
		payload.Outputs = append(payload.Outputs, publishedOutput{output.RTMPURL, r.publishingStatus(now)})
	}
	return extensionService{ServiceName: rtmpPublishService, Payload: payload}
}

func (r *recorder) webState(now time.Time) string {
	switch status := r.serviceStatus(now); {
	case status < serviceReady:
		return "init"
	case status > serviceInProgress:
		return "exit"
	default:
		return "inProgress"
	}
}

func webFiles(files []File) []webFile {
	list := []webFile{}
	for _, file := range files {
		list = append(list, webFile{file.FileName, file.SliceStartTime})
	}
	return list
}
